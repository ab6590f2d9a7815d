"""A small S3 server (`nanio`), so that one storage code path serves every deployment."""

from __future__ import annotations

import sys
from pathlib import Path

import boto3
from botocore.client import Config
from botocore.exceptions import ClientError

from deploy.embedded.process import Child


def child(data: Path, port: int, access_key: str, secret_key: str) -> Child:
    """The server on 127.0.0.1; objects are plain files under `data`."""
    data.mkdir(parents=True, exist_ok=True)
    program = Path(sys.executable).parent / "nanio"
    return Child(
        "objects",
        [program, "serve", "--data-dir", data, "--host", "127.0.0.1", "--port", str(port),
         "--no-access-log"],
        env={"NANIO_ACCESS_KEY": access_key, "NANIO_SECRET_KEY": secret_key},
    )  # fmt: skip


def ensure_bucket(port: int, access_key: str, secret_key: str, name: str) -> None:
    """Create a bucket unless there is one."""
    client = boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{port}",
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        region_name="us-east-1",
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    try:
        client.head_bucket(Bucket=name)
    except ClientError:
        client.create_bucket(Bucket=name)
