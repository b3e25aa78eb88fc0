foreload select -c "$INPUTS/tools.jsonl" --top 1 --schemas --form openai send an email | without_numbers
foreload select -c "$INPUTS/tools.jsonl" --top 1 --schemas --form anthropic --json send an email |
    without_measures | sed 's/"categories".*//'
