status foreload eval tools -c "$INPUTS/tools.jsonl"
status foreload eval tools -c "$INPUTS/tools.jsonl" -q missing.jsonl
printf '%s\n' '{"query": "send an email", "gold": ["mail/send_email"]}' '{"query": 7}' 'nonsense' >rows.jsonl
foreload eval tools -c "$INPUTS/tools.jsonl" -q rows.jsonl --json | sed -E 's/:-?[0-9.]+/:N/g'
status foreload eval
