mkdir -p data/tools/files data/tools/mail data/intents/talk
cat >data/tools/files/catalog.jsonl <<'END'
{"name": "delete_file", "description": "Removes a file from disk", "parameters": {"properties": {"path": {}}}}
{"name": "list_files", "description": "Lists what is in a folder"}
END
cat >data/tools/files/queries.jsonl <<'END'
{"query": "get rid of this document", "gold": ["delete_file"]}
{"query": "what is in my folder", "gold": ["list_files"]}
END
sed 's/file/mail/g; s/disk/the inbox/' data/tools/files/catalog.jsonl >data/tools/mail/catalog.jsonl
sed 's/file/mail/g; s/document/letter/' data/tools/files/queries.jsonl >data/tools/mail/queries.jsonl
echo '{"text": "hello there", "labels": ["greeting"]}' >data/intents/talk/train.jsonl
echo 'erase, wipe < delete remove' >data/en.txt

numbers() {
    sed -E 's/"(seconds|[a-z]+_bytes)":[0-9.]+/"\1":N/g; s/"data_fingerprint":"[0-9a-f]{16}"/"data_fingerprint":"H"/
            s/[0-9.]+ (MiB|KiB)/SIZE/; s/made in .*/made in TIME/; s/data [0-9a-f]{16}/data H/'
}

foreload train encoder -d data --out one.flm --words words.flm --epochs 900 | numbers
foreload train encoder -d data --out two.flm --epochs 900 --threads 1 --json | numbers
cmp one.flm two.flm && echo 'the same bytes on any threads'
foreload train encoder -d data --out other.flm --leave-out mail --json --seed 2 | numbers
status foreload train encoder -d data --leave-out post
status foreload train encoder
status foreload train encoder -d data/intents
status foreload train encoder -d nowhere
echo '{"query": "x"}' >>data/tools/mail/queries.jsonl
cp one.flm before.flm
status foreload train encoder -d data --out one.flm
cmp one.flm before.flm && echo 'the old file stays'
status foreload train encoder -d data --epochs 0
# What was made can be used: there would be a warning.
printf '%s\n' '{"name": "erase", "description": "erases"}' '{"name": "show", "description": "shows"}' >tools.jsonl
foreload select -c tools.jsonl --encoder one.flm 'erase it' >selected && echo 'selected with it'
