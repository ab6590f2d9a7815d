"""Which voices changed in what search looks at, noted by the tables themselves, whoever changes them."""

from django.db import migrations, models

NOTE = """
CREATE FUNCTION shelf_notes_voice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO listings_shelfchange (voice, made_in, made_at)
    SELECT DISTINCT voice, pg_current_xact_id()::text::bigint, now()
    FROM unnest(ARRAY[
        CASE WHEN TG_OP <> 'INSERT' THEN (to_jsonb(OLD) ->> TG_ARGV[0])::bigint END,
        CASE WHEN TG_OP <> 'DELETE' THEN (to_jsonb(NEW) ->> TG_ARGV[0])::bigint END
    ]) AS voice
    WHERE voice IS NOT NULL;
    RETURN NULL;
END $$;

CREATE FUNCTION shelf_notes_price() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO listings_shelfchange (voice, made_in, made_at)
    SELECT DISTINCT listing.voice_id, pg_current_xact_id()::text::bigint, now()
    FROM listings_offer AS offer JOIN listings_listing AS listing ON listing.id = offer.listing_id
    WHERE offer.id IN (
        CASE WHEN TG_OP <> 'INSERT' THEN OLD.offer_id END,
        CASE WHEN TG_OP <> 'DELETE' THEN NEW.offer_id END
    );
    RETURN NULL;
END $$;

CREATE FUNCTION shelf_notes_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO listings_shelfchange (voice, made_in, made_at)
    VALUES (NULL, pg_current_xact_id()::text::bigint, now());
    RETURN NULL;
END $$;
"""
UNNOTE = """
DROP FUNCTION shelf_notes_voice();
DROP FUNCTION shelf_notes_price();
DROP FUNCTION shelf_notes_all();
"""
WATCHED = {  # by table: the column with the voice's key, and what search knows of a row
    "listings_listing": (
        "voice_id",
        "voice_id version_id state uses from_price_minor search_text published_at spoken_week spoken_quarter "
        "rating_rank",
    ),
    "voices_voice": ("id", "name slug language gender age styles synthetic"),
    "consent_consent": ("voice_id", "voice_id state ends_at"),
    "listings_offerprice": ("", "offer_id currency price_minor"),
}


def _watch(table, key, columns):
    note = f"shelf_notes_voice('{key}')" if key else "shelf_notes_price()"
    before, after = (
        ", ".join(f"{row}.{column}" for column in columns.split()) for row in ("OLD", "NEW")
    )
    return f"""
CREATE TRIGGER {table}_is_noted
    AFTER INSERT OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {note};
CREATE TRIGGER {table}_is_noted_anew
    AFTER UPDATE ON {table} FOR EACH ROW
    WHEN (({before}) IS DISTINCT FROM ({after})) EXECUTE FUNCTION {note};
CREATE TRIGGER {table}_is_emptied
    AFTER TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION shelf_notes_all();
"""


def _unwatch(table):
    names = ("is_noted", "is_noted_anew", "is_emptied")
    return "".join(f"DROP TRIGGER {table}_{name} ON {table};" for name in names)


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0018_plays'),
        ('voices', '0011_recordings_by_line'),
        ('consent', '0011_checks_are_counted'),
    ]

    operations = [
        migrations.CreateModel(
            name='ShelfChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('voice', models.BigIntegerField(help_text="The voice's key; none: any voice.", null=True)),
                ('made_in', models.BigIntegerField(db_index=True, help_text='The transaction.')),
                ('made_at', models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.RunSQL(NOTE, UNNOTE),
        migrations.RunSQL(
            "".join(_watch(table, *watched) for table, watched in WATCHED.items()),
            "".join(map(_unwatch, WATCHED)),
        ),
    ]
