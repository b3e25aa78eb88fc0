status foreload select
status foreload catalog
status foreload catalog show
status foreload catalog show a b
status foreload config path x
status foreload completion tcsh
status foreload completion bsh
