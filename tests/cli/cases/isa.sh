# Which instruction set computes: what is asked for, of those that this processor runs.
export FORELOAD_ISA=scalar
foreload --version | sed '$ s/runs .*/runs …/'
foreload config show --origin | grep isa
foreload --isa auto config show --origin | grep isa
other=neon
[ "$(uname -m)" != aarch64 ] || other=avx2
FORELOAD_ISA=$other status foreload config check 2>&1 | sed "s/$other/OTHER/; s/runs .*/runs …/"
echo "{\"isa\": \"$other\"}" >config.json
status env -u FORELOAD_ISA "$FORELOAD" --config config.json select hello 2>&1 | sed "s/$other/OTHER/; s/runs .*/runs …/"
FORELOAD_ISA=avx51 status foreload config check
status foreload --isa mmx config show
