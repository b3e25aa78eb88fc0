# One bad tool is told and left out; a catalogue without any good one is none.
on_stderr without_paths foreload select -c "$INPUTS/broken.jsonl" --top 1 good | without_numbers
status foreload select -c missing.json x
echo '{}' >empty.json
status foreload select -c empty.json x
printf '\xff\xfe' >latin.jsonl
status foreload select -c latin.jsonl x
