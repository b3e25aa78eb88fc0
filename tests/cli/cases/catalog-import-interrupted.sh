# Told to end, it ends at once, and the server with it. (A shell starts what runs in its background
# deaf to ^C.)
mkfifo started
cat >config.json <<'EOF'
{"mcpServers": {"slow": {"command": "sh", "args": ["-c", "echo $$ >started; exec sleep 60"]}}}
EOF
"$FORELOAD" catalog import config.json &
importer=$!
read -r server <started
kill -TERM "$importer"
status wait "$importer"
for i in $(seq 50); do
    [ -e "/proc/$server" ] && sleep 0.1
done
[ -e "/proc/$server" ] || echo 'the server has ended'
