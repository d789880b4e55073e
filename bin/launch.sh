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
  exec "$node" --snapshot-blob "$blob" "$self" "$@"
fi
exec node "$dist/bin/${self##*/}.js" "$@"
