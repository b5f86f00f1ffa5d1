#!/bin/sh
# Run in a tree of Debian's packages: compiles the policy with all of Debian's modules, and with that of containers, which
# Debian ships in source alone.
set -eu
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mkdir -p /container /var/lib/selinux/default/active/modules
cd /container
tar --extract --file=/usr/src/selinux-policy-src.tar.zst --strip-components=4 \
  selinux-policy-src/policy/modules/services/container.te selinux-policy-src/policy/modules/services/container.fc
make -f /usr/share/selinux/devel/Makefile container.pp
cd /usr/share/selinux/default
semodule --noreload --store=default --priority=100 $(printf -- '--install=%s ' *.pp.bz2) --install=/container/container.pp --install=/node.cil
