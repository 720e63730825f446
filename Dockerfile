# One image for the three apps, the fill step and Locust. STACK=vintage needs PYTHON_IMAGE=python:3.12-slim.
ARG PYTHON_IMAGE=python:3.13-slim
FROM ${PYTHON_IMAGE}
ARG STACK=current
ENV PYTHONUNBUFFERED=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
# A fixed number, so that a volume keeps its owner between builds; /var/lib/trilane holds the database password.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin trilane \
 && install -d -o trilane -g trilane -m 700 /var/lib/trilane
WORKDIR /srv/trilane
COPY requirements requirements
RUN case "$STACK" in current) list=run ;; vintage) list=vintage ;; *) echo "STACK is $STACK, not current or vintage"; exit 1 ;; esac \
 && pip install --no-cache-dir --require-hashes --only-binary :all: -r "requirements/$list.txt"
COPY contract contract
COPY backing backing
COPY flask_app flask_app
COPY fastapi_app fastapi_app
COPY django_app django_app
COPY loadtests loadtests
# The user cannot write here, so what Python would cache is made now.
RUN python -m compileall -q contract backing flask_app fastapi_app django_app loadtests
USER trilane
