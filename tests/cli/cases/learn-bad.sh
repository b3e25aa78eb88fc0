# What cannot be learned, and command lines that cannot mean anything.
foreload catalog import "$INPUTS/tools.jsonl" >/dev/null 2>&1
status foreload learn
status foreload learn -r 'x'
status foreload learn -r 'x' --from y
status foreload learn --forget -u y
status foreload learn -r 'x' --correct --user me
status foreload learn -r ' ' -u send_email
status foreload learn -r 'x' -u send_email --not send_email
status foreload learn -r 'x' -u "$(printf 'a\033[31mb')"
status foreload learn -r 'x' -u "$(head -c 65536 /dev/zero | tr '\0' x)"
status foreload learn -r "$(printf 'caf\351')" -u send_email
status foreload learn --from /no/such/file
printf '%s\n' '{"text":"x"' '{"labels":["a"]}' '{"text":"y","labels":[1]}' \
    '{"text":"good","labels":["mail/send_email"]}' >rows.jsonl
status foreload learn --from rows.jsonl
status foreload learn --no-learning -r 'x' -u send_email
FORELOAD_HISTORY=0 status foreload learn --stats
