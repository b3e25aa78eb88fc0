foreload catalog import "$INPUTS/tools.jsonl" >/dev/null 2>&1
status foreload catalog remove mail
foreload catalog list --component github | without_numbers | tail -n 1
status foreload catalog remove mail
status foreload catalog rm
