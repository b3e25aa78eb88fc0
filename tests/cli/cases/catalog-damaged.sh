foreload catalog import "$INPUTS/tools.jsonl" >/dev/null 2>&1
database=$(ls "$FORELOAD_HOME"/*.db)
# In the midst of what a tool says of itself, where only a checksum can tell.
sed -i 's/Send an email message/Sent an email message/' "$database"
on_stderr without_paths status foreload catalog check
printf 'no database at all, whatever its name says' >"$database"
on_stderr without_paths status foreload catalog list
on_stderr without_paths status foreload select send an email
