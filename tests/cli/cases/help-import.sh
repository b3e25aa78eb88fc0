foreload catalog import -h
