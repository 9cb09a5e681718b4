"""The endpoint that anybody would write: FastAPI, a pool of 32 connections, a row lock.

The baseline of `noria bench http`; its tables are made by `noria.lab.bench_shelves`. Where
PostgreSQL is, asyncpg reads from PGHOST and the other variables of libpq.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

POOL = 32


class Wish(BaseModel):
    id: str
    sku: str
    quantity: int = Field(gt=0)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(min_size=POOL, max_size=POOL) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/healthz")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/reservations")
async def reserve(wish: Wish) -> Wish:
    async with app.state.pool.acquire() as connection, connection.transaction():
        left = await connection.fetchval(
            "select on_hand - reserved from plain_stock where sku = $1 for update", wish.sku
        )
        if left is None:
            raise HTTPException(404, "no such SKU")
        if left < wish.quantity:
            raise HTTPException(409, "not enough")
        await connection.execute(
            "update plain_stock set reserved = reserved + $2 where sku = $1",
            wish.sku,
            wish.quantity,
        )
        await connection.execute(
            "insert into plain_reservation (id, sku, quantity) values ($1, $2, $3)",
            wish.id,
            wish.sku,
            wish.quantity,
        )
    return wish
