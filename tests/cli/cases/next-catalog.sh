# With a stored catalogue names have to be in it, and a bare one will do.
foreload catalog import "$INPUTS/tools.jsonl" >import.log 2>&1
status foreload next --used send_email | without_numbers
status foreload next --used burn_down_house
status foreload next --steps 4
