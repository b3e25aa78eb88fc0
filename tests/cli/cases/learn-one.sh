# One at a time: uses, corrections, and names that are none.
foreload catalog import "$INPUTS/tools.jsonl" >/dev/null 2>&1
foreload learn -r 'say hello to anna' -u send_email --user me --session s1 --json
foreload learn --request 'say hello to anna' --used mail/send_email --not write_file
foreload learn -r 'tell me a joke' --correct
foreload learn -r 'cozy' -u 'my own intent'
foreload learn --stats --json | without_measures
foreload learn --forget -r 'SAY hello to anna!'
status foreload learn --forget -r 'say hello to anna'
foreload learn --stats
