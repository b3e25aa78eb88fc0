status foreload catalog import missing.json
on_stderr without_paths status foreload catalog import "$INPUTS/broken.jsonl"
foreload catalog list | without_numbers
