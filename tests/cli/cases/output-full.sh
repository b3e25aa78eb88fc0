foreload --version >/dev/full
echo "status $?"
foreload reference >/dev/full
echo "status $?"
