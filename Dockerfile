# syntax=docker/dockerfile:1
# Builds with the same script as everywhere else, for any x86-64 machine with AVX2, and runs without root.
#   docker build -t parley .
#   docker run --network host -v parley:/var/lib/parley parley
FROM debian:12-slim AS build
ENV HOME=/root
WORKDIR /src
COPY deploy/setup.sh deploy/whisper.patch deploy/
RUN deploy/setup.sh --cpu x86-64-v3
COPY go.mod go.sum ./
RUN . build/env.sh && go mod download
COPY . .
RUN deploy/setup.sh --cpu x86-64-v3 && . build/env.sh && deploy/build.sh /out
RUN . build/env.sh && deploy/sbom.sh /out/doc /out && rm /out/doc/licences.log
# The weights are part of the image: a container that starts needs no network.
RUN . build/env.sh && PARLEY_MODELS=/out/models /out/parley models pull

FROM debian:12-slim
RUN apt-get update && apt-get install -y --no-install-recommends espeak-ng poppler-utils ca-certificates && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /var/lib/parley --create-home parley
COPY --from=build /out/parley /opt/parley/parley
COPY --from=build /out/lib /opt/parley/lib
COPY --from=build --chown=10001 /out/models /opt/parley/models
# What is in it and under which licences, as in the Debian package.
COPY --from=build /out/doc /usr/share/doc/parley
COPY LICENSE /usr/share/doc/parley/copyright
COPY NOTICE /usr/share/doc/parley/NOTICE
COPY CHANGELOG.md /usr/share/doc/parley/CHANGELOG.md
COPY SECURITY.md /usr/share/doc/parley/SECURITY.md
ENV PATH=/opt/parley:$PATH PARLEY_HOME=/var/lib/parley PARLEY_MODELS=/opt/parley/models
USER 10001
VOLUME /var/lib/parley
# SIP over UDP and TCP, the API and pages. They listen on loopback until a configuration says otherwise.
EXPOSE 5060/udp 5060/tcp 8080/tcp
HEALTHCHECK --interval=15s --timeout=3s --start-period=60s \
  CMD ["/bin/bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /healthz HTTP/1.0\\r\\nHost: 127.0.0.1\\r\\n\\r\\n' >&3 && head -1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["parley"]
CMD ["serve"]
