# The base that npm run image:build puts below the Dockerfile: the libraries that base.ts has taken out of Debian's packages.
FROM scratch
ARG TARGETARCH
ENV PATH=/usr/local/bin
ADD base-$TARGETARCH.tar /
