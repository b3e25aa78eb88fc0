list() {
    foreload catalog list -c "$INPUTS/tools.jsonl" "$@"
}
list --component files | without_numbers
foreload catalog ls -c "$INPUTS/tools.jsonl" --category git --tier 2 | without_numbers
list --tier 3 | without_numbers
status list --category gti
status list --component fils
status list --tier 4
