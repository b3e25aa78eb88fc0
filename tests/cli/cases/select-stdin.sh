echo 'send an email' | foreload select -c "$INPUTS/tools.jsonl" --top 1 --json - | without_measures |
    sed 's/"categories".*//'
