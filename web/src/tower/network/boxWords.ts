import { words } from "../../model/words";

export const boxWords = words(
  "boxes",
  {
    boxes: "Boxes that it packs in",
    boxesEmpty: "It names no boxes: packing proposes none, and parcels go as whoever packs says.",
    newBox: "Add a box",
    code: "Its code",
    length_mm: "Length inside, mm",
    width_mm: "Width inside, mm",
    height_mm: "Height inside, mm",
    tare_g: "Weight empty, g",
    max_weight_g: "Weight at most, with all in it, g",
    upTo: "up to {{kg}} kg",
    drop: "Take away",
    dropText: "Packing proposes {{box}} no longer; what was packed in it stays packed.",
    dropped: "Taken away",
  },
  {
    boxes: "Cartons du site",
    boxesEmpty:
      "Il ne nomme aucun carton\u202f: rien n'est proposé, et les colis partent comme on l'a dit.",
    newBox: "Ajouter un carton",
    code: "Son code",
    length_mm: "Longueur intérieure, mm",
    width_mm: "Largeur intérieure, mm",
    height_mm: "Hauteur intérieure, mm",
    tare_g: "Poids à vide, g",
    max_weight_g: "Poids maximal, avec tout, g",
    upTo: "jusqu'à {{kg}} kg",
    drop: "Retirer",
    dropText: "{{box}} n'est plus proposé à l'emballage\u202f; ce qui y est emballé reste emballé.",
    dropped: "Retiré",
  },
);
