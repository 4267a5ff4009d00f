#!/bin/sh
# Makes the account, and leaves starting to the administrator: the weights have to be fetched first.
set -e
if ! getent passwd parley >/dev/null; then
  useradd --system --home-dir /var/lib/parley --shell /usr/sbin/nologin parley
fi
install -d -o parley -g parley -m 0700 /var/lib/parley
chown root:parley /etc/parley/parley.yaml /etc/parley/environment
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  systemctl try-restart parley.service || true
fi
if [ -z "$2" ]; then
  echo "Fetch the weights:  runuser -u parley -- env HOME=/var/lib/parley PARLEY_HOME=/var/lib/parley PARLEY_MODELS=/var/lib/parley/models parley models pull"
  echo "Then start Parley:  systemctl enable --now parley"
fi
