"""The peer of the HTTP benchmark: one small JSON document, as FastAPI users write it."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/version")
async def version():
    return {"name": "sotto", "version": "0.1.0"}
