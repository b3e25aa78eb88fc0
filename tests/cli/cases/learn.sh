# What was used is selected, though it shares no word with the request, until it is forgotten.
foreload catalog import "$INPUTS/tools.jsonl" >/dev/null 2>&1
lessons="$INPUTS/lessons.jsonl"
foreload select --no-learning 'could you get it snug' | grep -c learned
foreload learn --from "$lessons" | without_numbers
foreload select 'could you get it snug' | grep learned | without_numbers
foreload select --explain --json 'now it must be snug' | grep -o '"way":"learned"'
foreload select --no-learning 'could you get it snug' | grep -c learned
foreload learn --stats | without_numbers
status foreload learn --forget
foreload select 'could you get it snug' | grep -c learned
foreload learn --stats --json
