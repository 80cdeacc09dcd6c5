# syntax=docker/dockerfile:1
# One image for the API and the worker. It also runs alone: without DATABASE_URL it starts the bundled PostgreSQL.

FROM rust:1.95-bookworm AS build
# The tool chain of the image, not a download of the one that rust-toolchain.toml names with its extra components.
ENV RUSTUP_TOOLCHAIN=1.95.0
WORKDIR /src
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip && rm -rf /var/lib/apt/lists/*
# PostgreSQL and the embedding model change seldom, so they come before the sources.
COPY scripts/setup.sh scripts/unpack.py scripts/
RUN NEXUS_CACHE_DIR=/opt/nexusrag scripts/setup.sh && rm -rf /opt/nexusrag/dl
COPY . .
# The last step of link-time optimisation at level 3, packages at the level of their own: docs/decisions/0048.
# Addresses in packed form are a twentieth of the program; the C library of this release reads them, that of older ones does not.
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo rustc --profile dist --locked -p nexus-api --bin nexus -- -C opt-level=3 -C link-arg=-Wl,-z,pack-relative-relocs \
    && cp target/dist/nexus /usr/local/bin/nexus

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates zlib1g && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/nexusrag --create-home nexus
COPY --from=build /opt/nexusrag /opt/nexusrag
COPY --from=build /usr/local/bin/nexus /usr/local/bin/nexus
ENV NEXUS_CACHE_DIR=/opt/nexusrag NEXUS_DATA_DIR=/var/lib/nexusrag NEXUS_HOST=0.0.0.0 NEXUS_PORT=8000
USER nexus
VOLUME /var/lib/nexusrag
EXPOSE 8000
STOPSIGNAL SIGTERM
# GET /v1/healthz on the configured address, by the binary itself: the image has no curl.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD ["nexus", "health"]
ENTRYPOINT ["nexus"]
CMD ["serve"]
