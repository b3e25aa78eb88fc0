on_stderr cat status foreload catalog import "$INPUTS/tools.jsonl"
foreload catalog list | without_numbers
