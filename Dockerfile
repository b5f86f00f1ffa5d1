# Any base with glibc and libstdc++. Build first: npm ci && npm run build
ARG BASE=debian:bookworm-slim
FROM $BASE
COPY node_modules/node-linux-*/bin/node /usr/local/bin/
COPY dist/hostpath-provisioner.mjs /
ENTRYPOINT ["/usr/local/bin/node", "/hostpath-provisioner.mjs"]
