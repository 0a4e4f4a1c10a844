# The image that runs dashctl in a cluster: the binary, a C library and the certificate authorities to trust; no shell, not
# root, nothing that needs a file system that can be written (a repository that is to be changed is mounted).
FROM rust:1-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN cargo build --profile dist --locked

# For CI, whose jobs need a shell (`docker build --target ci`).
FROM debian:bookworm-slim AS ci
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates git && rm -rf /var/lib/apt/lists/*
COPY --from=build /src/target/dist/dashctl /usr/local/bin/dashctl
USER 65532:65532
WORKDIR /repository
ENTRYPOINT ["/usr/local/bin/dashctl"]

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /src/target/dist/dashctl /usr/local/bin/dashctl
WORKDIR /repository
ENTRYPOINT ["/usr/local/bin/dashctl"]
