-- What was found of one unit, where units are told apart by serial.

create table inspected_unit (
    rma_id code not null,
    sku code not null,
    serial unit_code not null,
    grade text not null constraint the_grade_of_a_unit_is_a_to_d check (grade in ('A', 'B', 'C', 'D')),
    disposition text not null,
    primary key (rma_id, sku, serial)
);
create index inspected_unit_by_serial on inspected_unit (sku, serial);
