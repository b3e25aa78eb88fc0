status foreload select -c "$INPUTS/tools.jsonl" ''
foreload select -c "$INPUTS/tools.jsonl" '   ' | without_numbers
status foreload select -c "$INPUTS/tools.jsonl" $'caf\xe9'
status foreload select -c "$INPUTS/tools.jsonl" - </dev/null
head -c 65537 /dev/zero | tr '\0' a | status foreload select -c "$INPUTS/tools.jsonl" -
yes word | head -c 1000000 | status foreload select -c "$INPUTS/tools.jsonl" -
