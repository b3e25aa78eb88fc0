# A closed stream must never become the database or another file.
foreload --version >&-
echo "status $?"
foreload catalog import "$INPUTS/tools.jsonl" <&- >&- 2>&-
echo "status $?"
foreload catalog check 2>&1 | tail -n 1
