# Any base with glibc and libstdc++. Build first: npm ci && npm run build
ARG BASE=debian:bookworm-slim
FROM $BASE
# A daemon that mostly waits gives memory back: one heap of malloc's for all threads, trimmed when 128 KiB are free.
ENV MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=131072
COPY node_modules/node-linux-*/bin/node /usr/local/bin/
COPY dist/hostpath-provisioner.mjs /
ENTRYPOINT ["/usr/local/bin/node", "/hostpath-provisioner.mjs"]
