# One server answers, one fails; the rest is stored.
on_stderr sorted_without_numbers status foreload catalog import "$INPUTS/client.json" "$INPUTS/tools.jsonl"
foreload catalog list --component weather | without_numbers
