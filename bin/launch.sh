#!/bin/sh
# Starts the command it is named after: from the image of the commands (bin/build-image.ts) if the
# node that made it is still there as it was, else from its modules. Stands in node_modules/.bin.
# Nothing but builtins of the shell on the usual way: each process would take a millisecond.

self=$0
while [ -L "$self" ]; do
  to=$(readlink "$self")
  case $to in
    /*) self=$to ;;
    *) self=${self%/*}/$to ;;
  esac
done
dist=${self%/*}/../../dist
blob=$dist/image/commands.blob

if [ -f "$blob" ] && read -r node <"$dist/image/node" && [ -x "$node" ] && [ ! "$node" -nt "$blob" ]; then
  # Reading the image takes large buffers: in large pages where glibc and the kernel have them, that
  # is a tenth of the whole start. Most commands end before compiling more of the host's code than
  # its interpreter needs pays; image.ts turns that on for the others. The host's tables are hashed
  # with the number that was drawn when the image was made: with another one for each process, all
  # are made anew. And a command ends before it has filled a nursery of 16 MB.
  GLIBC_TUNABLES=${GLIBC_TUNABLES:+$GLIBC_TUNABLES:}glibc.malloc.hugetlb=1 \
    exec "$node" --no-sparkplug --no-rehash-snapshot --min-semi-space-size=16 \
    --snapshot-blob "$blob" "$self" "$@"
fi
exec node "$dist/bin/${self##*/}.js" "$@"
