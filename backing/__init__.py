"""The services that the apps lean on, and the process control that ends what was started."""
