foreload help select
