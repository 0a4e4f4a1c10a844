# The image that runs dashctl in a cluster or in CI: the binary, and the certificate authorities to trust.
FROM rust:1-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN cargo build --profile dist --locked

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
COPY --from=build /src/target/dist/dashctl /usr/local/bin/dashctl
USER 65532:65532
WORKDIR /repository
ENTRYPOINT ["dashctl"]
