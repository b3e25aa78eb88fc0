# The same bytes for the same question, but for the time.
for i in 1 2; do
    foreload select -c "$INPUTS/tools.jsonl" --json --explain --schemas write the file and email it |
        sed 's/"time_us":{[^}]*}//' >"$i"
done
cmp 1 2
