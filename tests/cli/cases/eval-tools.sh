# The keys are a contract with those who measure.
foreload eval tools -c "$INPUTS/tools.jsonl" --queries "$INPUTS/queries.jsonl" --json 2>/dev/null |
    sed -E 's/:-?[0-9.]+/:N/g'
foreload eval tools -c "$INPUTS/tools.jsonl" -q "$INPUTS/queries.jsonl" 2>/dev/null | without_numbers |
    sed -E 's/N (B|KiB)/SIZE/'
[ ! -e "$FORELOAD_HOME" ] && echo 'nothing was written'
