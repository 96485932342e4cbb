"""What plantly.shop sells: genera with their cultivars, and the attributes that botany gives them. Prices of a day belong in `market`.

Pet safety follows the ASPCA lists (cats and dogs), hardiness the USDA zones, invasive regions Schedule 9 of the Wildlife and
Countryside Act and its Scottish and Northern Irish counterparts, all from memory and simplified: a simulator's data, no advice.
"""

from __future__ import annotations

from dataclasses import dataclass

SOUTH_OF_SCOTLAND = ("London", "South East", "South West", "Midlands", "North of England", "Wales")
SCOTLAND_AND_NI = ("Scotland", "Northern Ireland")
REGIONS = SOUTH_OF_SCOTLAND + SCOTLAND_AND_NI
# Cultivars that may not be planted out somewhere; the rest may be anywhere.
INVASIVE = {
    "Rosa rugosa 'Alba'": SOUTH_OF_SCOTLAND,
    "Rhododendron ponticum": REGIONS,
    "Crocosmia x crocosmiiflora": SOUTH_OF_SCOTLAND,
    "Buddleja davidii 'Black Knight'": SCOTLAND_AND_NI,
    "Hedera hibernica": SCOTLAND_AND_NI,
}


@dataclass(frozen=True)
class Genus:
    """What the products of one group share.

    light_need: low, medium, bright or full_sun; empty for consumables. zones: the hardiness zones it winters outdoors in;
    None for what is never planted out. price: typical price. peak_month: month of highest demand where a scenario has
    seasons. pet_safe: harmless to cats and dogs.
    """

    name: str
    light_need: str
    pet_safe: bool
    zones: tuple[int, int] | None
    price: float
    peak_month: int
    cultivars: tuple[str, ...]
    is_consumable: bool = False


def _of(name: str, light: str, safe: bool, zones: tuple[int, int] | None, price: float, peak: int, cultivars: str) -> Genus:
    return Genus(name, light, safe, zones, price, peak, tuple(f"{name} {cultivar}" for cultivar in cultivars.split("|")))


def _consumable(name: str, price: float, peak: int, products: str) -> Genus:
    return Genus(name, "", True, None, price, peak, tuple(products.split("|")), is_consumable=True)


GENERA = (
    _of("Monstera", "bright", False, None, 28, 5, "deliciosa|deliciosa 'Thai Constellation'|adansonii|standleyana"),
    _of("Philodendron", "medium", False, None, 24, 5, "hederaceum|hederaceum 'Brasil'|gloriosum|'Birkin'|'Pink Princess'"),
    _of("Epipremnum", "low", False, None, 12, 4, "aureum|aureum 'Neon'|aureum 'Marble Queen'|pinnatum"),
    _of("Dracaena", "low", False, None, 22, 9, "trifasciata|trifasciata 'Laurentii'|marginata|fragrans 'Massangeana'"),
    _of("Zamioculcas", "low", False, None, 26, 10, "zamiifolia|zamiifolia 'Raven'|zamiifolia 'Zenzi'"),
    _of("Spathiphyllum", "low", False, None, 16, 3, "wallisii|'Sensation'|'Domino'"),
    _of("Ficus", "bright", False, None, 35, 5, "elastica 'Robusta'|elastica 'Tineke'|lyrata|benjamina 'Danielle'|microcarpa 'Ginseng'"),
    _of("Calathea", "medium", True, None, 21, 6, "makoyana|orbifolia|lancifolia|zebrina|roseopicta 'Medallion'"),
    _of("Maranta", "medium", True, None, 15, 6, "leuconeura 'Fascinator'|leuconeura 'Kerchoveana'|leuconeura 'Lemon Lime'"),
    _of("Chlorophytum", "medium", True, None, 9, 4, "comosum 'Vittatum'|comosum 'Variegatum'|comosum 'Bonnie'"),
    _of("Nephrolepis", "medium", True, None, 13, 9, "exaltata 'Bostoniensis'|exaltata 'Green Lady'|exaltata 'Emina'"),
    _of("Asplenium", "low", True, None, 14, 10, "nidus|nidus 'Crispy Wave'|antiquum 'Victoria'"),
    _of("Aspidistra", "low", True, None, 29, 11, "elatior|elatior 'Milky Way'|elatior 'Asahi'"),
    _of("Chamaedorea", "low", True, None, 19, 1, "elegans|seifrizii|metallica"),
    _of("Peperomia", "medium", True, None, 11, 3, "obtusifolia|argyreia|caperata 'Luna Red'|'Hope'|polybotrya"),
    _of("Pilea", "medium", True, None, 10, 2, "peperomioides|cadierei|involucrata 'Moon Valley'"),
    _of("Hoya", "bright", True, None, 20, 6, "carnosa|carnosa 'Tricolor'|kerrii|linearis|pubicalyx"),
    _of("Phalaenopsis", "medium", True, None, 25, 2, "'Singolo White'|'Multiflora Pink'|'Big Lip'|'Kolibri'"),
    _of("Begonia", "medium", False, None, 14, 7, "maculata 'Wightii'|rex 'Escargot'|rex 'Red Robin'|elatior"),
    _of("Aloe", "full_sun", False, None, 12, 7, "vera|arborescens|aristata 'Cosmo'"),
    _of("Crassula", "full_sun", False, None, 10, 7, "ovata|ovata 'Gollum'|perforata"),
    _of("Echeveria", "full_sun", True, None, 7, 7, "elegans|'Perle von Nurnberg'|agavoides|setosa"),
    _of("Haworthia", "bright", True, None, 7, 8, "fasciata|cooperi|attenuata 'Big Band'"),
    _of("Lavandula", "full_sun", False, (5, 9), 9, 6, "angustifolia 'Hidcote'|angustifolia 'Munstead'|stoechas|x intermedia 'Grosso'"),
    _of("Rosa", "full_sun", True, (4, 9), 24, 6, "'Iceberg'|'Peace'|'New Dawn'|rugosa 'Alba'|'Ballerina'"),
    _of("Hydrangea", "medium", False, (5, 9), 22, 7, "macrophylla 'Bluebird'|paniculata 'Limelight'|arborescens 'Annabelle'|quercifolia"),
    _of("Lilium", "full_sun", False, (4, 8), 8, 6, "'Stargazer'|'Casa Blanca'|regale|martagon"),
    _of("Hosta", "low", False, (3, 8), 13, 5, "'Sum and Substance'|'Patriot'|sieboldiana 'Elegans'|'Halcyon'"),
    _of("Heuchera", "medium", True, (4, 9), 9, 5, "'Palace Purple'|'Marmalade'|'Lime Rickey'|'Fire Chief'"),
    _of("Camellia", "medium", True, (7, 9), 32, 3, "japonica 'Nobilissima'|x williamsii 'Donation'|sasanqua 'Plantation Pink'"),
    _of("Rhododendron", "medium", False, (5, 8), 27, 4, "'Cunningham's White'|yakushimanum 'Percy Wiseman'|ponticum"),
    _of("Acer", "medium", True, (5, 8), 38, 10, "palmatum 'Bloodgood'|palmatum 'Sango-kaku'|palmatum 'Dissectum'|griseum"),
    _of("Buxus", "medium", False, (5, 9), 15, 9, "sempervirens|sempervirens 'Suffruticosa'|microphylla 'Faulkner'"),
    _of("Hedera", "low", False, (5, 9), 8, 10, "helix 'Goldchild'|helix 'Glacier'|hibernica"),
    _of("Buddleja", "full_sun", True, (5, 9), 14, 7, "davidii 'Black Knight'|'Buzz Ivory'|globosa"),
    _of("Crocosmia", "full_sun", True, (6, 9), 8, 8, "'Lucifer'|'Emily McKenzie'|x crocosmiiflora"),
    _of("Tulipa", "full_sun", False, (3, 7), 6, 10, "'Queen of Night'|'Apricot Beauty'|'Ballerina'|tarda"),
    _of("Narcissus", "full_sun", False, (3, 8), 5, 10, "'Tete-a-Tete'|'Thalia'|'Actaea'"),
    _of("Salvia", "full_sun", True, (6, 9), 7, 5, "rosmarinus|rosmarinus 'Prostratus'|officinalis|'Hot Lips'"),
    _of("Ocimum", "full_sun", True, None, 4, 5, "basilicum 'Genovese'|basilicum 'Dark Opal'|citriodorum"),
    _of("Mentha", "medium", False, (5, 9), 4, 5, "spicata|x piperita|suaveolens 'Variegata'"),
    _consumable("Potting soil", 11, 4, "Houseplant compost 10 l|Cactus compost 5 l|Ericaceous compost 20 l|Orchid bark 5 l"),
    _consumable("Plant feed", 8, 5, "Houseplant feed 500 ml|Tomato and vegetable feed 1 l|Orchid feed 250 ml|Slow-release granules 1 kg"),
    _consumable("Pots", 14, 3, "Terracotta pot 12 cm|Terracotta pot 21 cm|Glazed planter white 18 cm|Self-watering planter 20 cm"),
    _consumable("Plant care", 9, 6, "Neem leaf spray 500 ml|Sticky traps 20 pieces|Leaf shine cloths 10 pieces"),
)
# Held back until an injection of kind new_products launches them.
LAUNCHES = (
    _of("Alocasia", "bright", False, None, 30, 6, "zebrina|'Polly'|'Dragon Scale'|'Stingray'"),
    _of("Tradescantia", "bright", False, None, 9, 5, "zebrina|'Nanouk'|spathacea"),
    _of("Platycerium", "bright", True, None, 27, 4, "bifurcatum|superbum"),
    _consumable("Grow lights", 35, 11, "Grow light bulb 10 W|Grow light bar 30 cm|Grow light stand"),
)
