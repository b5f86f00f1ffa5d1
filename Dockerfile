# Any base with glibc and libstdc++; nothing else of it is used, no shell either. First: npm ci && npm run image:stage
ARG BASE=gcr.io/distroless/cc-debian12
FROM $BASE
ARG TARGETARCH
# A daemon that mostly waits gives memory back: one heap of malloc's for all threads, trimmed when 128 KiB are free.
ENV MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=32768 MALLOC_TRIM_THRESHOLD_=131072
# Volumes hold files of any owner. Which of root's capabilities it keeps is said in manifests/.
USER 0:0
COPY dist/node/$TARGETARCH/node /usr/local/bin/
COPY dist/hostpath-provisioner.mjs /
# Calls the kernel for limits and copies of volumes, and is not loaded before.
COPY dist/koffi/$TARGETARCH/koffi.node /
COPY scripts/image/hostpath-provisioner /usr/local/bin/
COPY dist/licences /licenses
COPY dist/node/$TARGETARCH/LICENSE /licenses/node
COPY dist/koffi/$TARGETARCH/LICENSE /licenses/koffi
ENTRYPOINT ["/usr/local/bin/node", "/hostpath-provisioner.mjs"]

ARG VERSION
ARG REVISION
ARG SOURCE
LABEL org.opencontainers.image.title="hostpath-provisioner" \
      org.opencontainers.image.description="Dynamic hostPath volumes for Kubernetes, by a daemon on each node" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="$SOURCE" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
