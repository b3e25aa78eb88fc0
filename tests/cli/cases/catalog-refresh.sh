foreload catalog import "$INPUTS/client.json" "$INPUTS/tools.jsonl" >/dev/null 2>&1
on_stderr without_numbers status foreload catalog refresh weather
status foreload catalog refresh nowhere
