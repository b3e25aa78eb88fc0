foreload catalog import "$INPUTS/tools.jsonl" 2>/dev/null
sed 's/Open a pull/Open the pull/; /schedule_meeting/d' "$INPUTS/tools.jsonl" >tools.jsonl
foreload catalog import tools.jsonl
