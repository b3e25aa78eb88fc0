diff <(foreload reference) "$TESTS/../../docs/commands.md"
diff <(foreload reference --settings) "$TESTS/../../docs/config.md"
