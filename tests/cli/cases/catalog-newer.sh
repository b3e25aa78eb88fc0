# A database of a later version is left alone.
foreload catalog import "$INPUTS/tools.jsonl" >/dev/null 2>&1
database=$(ls "$FORELOAD_HOME"/*.db)
printf '\0\0\177\377' | dd of="$database" bs=1 seek=60 conv=notrunc status=none
cp "$database" before
on_stderr without_paths status foreload catalog list
on_stderr without_paths status foreload catalog import "$INPUTS/tools.jsonl"
cmp before "$database"
