# One image for the apps, Locust and the harness; STACK=vintage has the older frameworks, on the Python that runs them.
ARG STACK=current
FROM python:3.13-slim AS python-current
FROM python:3.12-slim AS python-vintage
FROM python-${STACK}
ARG STACK
ENV PYTHONUNBUFFERED=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /srv/trilane
# A fixed number, so that a volume keeps its owner between builds. The folders are those that volumes are put on.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin trilane \
 && install -d -o trilane -g trilane -m 700 /var/lib/trilane .cache runs
# What changes seldom comes first: a change of the source makes only the small layers below anew.
COPY requirements requirements
RUN case "$STACK" in current) list=run ;; *) list=$STACK ;; esac \
 && pip install --no-cache-dir --require-hashes --only-binary :all: -r "requirements/$list.txt"
COPY contract contract
COPY backing backing
COPY flask_app flask_app
COPY fastapi_app fastapi_app
COPY django_app django_app
COPY loadtests loadtests
# The user cannot write here, so what Python would cache is made now; the folder is that of the web UI's password.
RUN python -m compileall -q contract backing flask_app fastapi_app django_app loadtests \
 && install -d -o trilane -g trilane -m 700 /var/lib/trilane-ui
USER trilane
CMD ["python", "-m", "loadtests", "--help"]
