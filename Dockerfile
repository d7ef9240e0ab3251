# One image for each program: docker build --build-arg SERVICE=intake -t swiftline/intake:0.1.0 .
#
# SERVICE is intake, classifier, router, feedback or tracebook. What comes out is one static program, no shell, no library and
# no other file, run by nobody in particular. tools/image makes the same without a registry.
#
# The base is an argument so that a build can name it by digest: --build-arg RUST=rust@sha256:…
ARG RUST=rust:1.95-bookworm
FROM ${RUST} AS build
ARG SERVICE
# What the program was built of is written into it; `cargo audit bin` and image scanners read it.
RUN cargo install --locked cargo-auditable@0.7.7
WORKDIR /src
COPY . .
# glibc is linked in, so nothing else is needed to run; paths of this machine stay out, so the same source gives the same bytes.
RUN target="$(rustc -vV | sed -n 's/^host: //p')" \
    && features="$([ "$SERVICE" != feedback ] || echo --features swiftline-feedback/s3)" \
    && RUSTFLAGS="-C target-feature=+crt-static -C strip=symbols --remap-path-prefix=/src=/ --remap-path-prefix=$CARGO_HOME=/cargo" \
       cargo auditable build --release --locked --target "$target" -p "swiftline-$SERVICE" --bin "$SERVICE" $features \
    && install -D "target/$target/release/$SERVICE" "/out/service"

FROM scratch
ARG SERVICE
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="swiftline/${SERVICE}" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
COPY --from=build /out/service /service
USER 65532:65532
ENTRYPOINT ["/service"]
