foreload select -c "$INPUTS/tools.jsonl" --candidates read_file,mail/send_email --candidates list_issues \
    --top 1 --json send an email | without_measures | sed 's/"categories".*//'
status foreload select -c "$INPUTS/tools.jsonl" --candidates read_fil send
status foreload select -c "$INPUTS/tools.jsonl" --candidates search send
status foreload select -c "$INPUTS/tools.jsonl" --candidates , send
