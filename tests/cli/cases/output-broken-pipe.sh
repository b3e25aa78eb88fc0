# A reader that has gone ends the program without a word.
for i in $(seq 4000); do echo '{"name": "tool_number_'"$i"'", "server": "s", "description": "x"}'; done >many.jsonl
foreload catalog list -c many.jsonl | head -n 1 | without_numbers
echo "${PIPESTATUS[0]}"
